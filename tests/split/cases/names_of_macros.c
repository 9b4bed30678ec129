// names that a macro turns into strings or pastes stay what they are
// preprocess: [moved]
// cuts: [{caller: "*", callee: moved, policy: stub, expression: "7", reason: known}]
static int
moved (int n)
{
	return n + 4;
}

struct command {
	const char *name;
	int (*run) (int);
};

#define COMMAND(f) { #f, f }
#define LIST(X) X (moved)
#define ID(f) ID_##f,
#define CHECK(e) ((e) ? (e) : #e[0])
enum { LIST (ID) COUNT };
static const struct command commands[COUNT] = { COMMAND (moved) };

int
main (void)
{
	return CHECK (moved (commands[ID_moved].run (3)));
}
// === thin
static int
moved (int n)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
	   known */
	(void) n;
	return 7;
}

struct command {
	const char *name;
	int (*run) (int);
};

#define COMMAND(f) { #f, f }
#define LIST(X) X (moved)
#define ID(f) ID_##f,
#define CHECK(e) ((e) ? (e) : #e[0])
enum { LIST (ID) COUNT };
static const struct command commands[COUNT] = { COMMAND (moved) };

int
main (void)
{
	return CHECK (moved (commands[ID_moved].run (3)));
}
