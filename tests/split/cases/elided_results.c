// what an elided function returns: nothing, 0, no pointer, an empty record
// preprocess: ["*moved_*"]
// cuts: [{caller: main, callee: "*moved_*", policy: elide, reason: the effect is handed over}]
struct pair {
	int left;
	struct {
		char inner;
	} right;
};

static struct pair
moved_record (void)
{
	struct pair p = { 1, { 2 } };

	return p;
}

static const char *
moved_pointer (int unused)
{
	(void) unused;
	return "text";
}

static void
moved_nothing (void)
{
}

static double
moved_float (void)
{
	return 1.5;
}

int
main (void)
{
	moved_nothing ();
	return moved_record ().left + !moved_pointer (1) + (int) moved_float ();
}
// === thin
struct pair {
	int left;
	struct {
		char inner;
	} right;
};

static struct pair
moved_record (void)
{
	/* tcbsplit: moved_record runs in the preprocessing guest; cut: elide.
	   the effect is handed over */
	return (struct pair) { 0 };
}

static const char *
moved_pointer (int unused)
{
	/* tcbsplit: moved_pointer runs in the preprocessing guest; cut: elide.
	   the effect is handed over */
	(void) unused;
	return 0;
}

static void
moved_nothing (void)
{
	/* tcbsplit: moved_nothing runs in the preprocessing guest; cut: elide.
	   the effect is handed over */
}

static double
moved_float (void)
{
	/* tcbsplit: moved_float runs in the preprocessing guest; cut: elide.
	   the effect is handed over */
	return 0;
}

int
main (void)
{
	moved_nothing ();
	return moved_record ().left + !moved_pointer (1) + (int) moved_float ();
}
