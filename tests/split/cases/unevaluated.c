// what sizeof, typeof and types name stays declared on both sides
// preprocess: [moved]
// cuts: [{caller: "*", callee: moved, policy: stub, expression: "7", reason: known}]
#define COUNT(a) (sizeof (a) / sizeof *(a))
int base = 1;
int table[4];
int for_type;
char for_check[8];
char for_bound[3];
static int only_moved;
enum { TABLE = COUNT (table) };
typedef __typeof__ (for_type) base_t;
_Static_assert (COUNT (for_check) == 8, "as the format has it");
struct record {
	char bytes[sizeof for_bound];
};

static __typeof__ (base)
moved (__typeof__ (base) n)
{
	int a[COUNT (table)];

	a[0] = n + only_moved++;
	table[0] = for_type = for_check[0] = for_bound[0] = a[0];
	return a[0] + 4 + table[0] + for_type + for_check[0] + for_bound[0];
}

int
main (void)
{
	struct record r = { { 0 } };
	base_t n = TABLE;

	return moved (n) + r.bytes[0] + (int) sizeof base;
}
// === thin
#define COUNT(a) (sizeof (a) / sizeof *(a))
int base = 1;
int table[4];
int for_type;
char for_check[8];
char for_bound[3];
enum { TABLE = COUNT (table) };
typedef __typeof__ (for_type) base_t;
_Static_assert (COUNT (for_check) == 8, "as the format has it");
struct record {
	char bytes[sizeof for_bound];
};

static __typeof__ (base)
moved (__typeof__ (base) n)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
	   known */
	(void) n;
	return 7;
}

int
main (void)
{
	struct record r = { { 0 } };
	base_t n = TABLE;

	return moved (n) + r.bytes[0] + (int) sizeof base;
}
