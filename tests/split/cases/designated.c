// a designated initialiser that names a moved function gets a stub
// preprocess: [moved]
// cuts: [{caller: operations, callee: moved, policy: panic, reason: never called after boot}]
struct operations {
	int (*open) (int);
	int (*close) (int);
};

static int moved (int n);
static int kept (int n);

static const struct operations operations = {
	.open = moved, /* once */
	.close = kept,
};

static int
moved (int n)
{
	return n + 1;
}

static int
kept (int n)
{
	return n;
}

int
main (void)
{
	return operations.open (1) + operations.close (2);
}
// === thin
struct operations {
	int (*open) (int);
	int (*close) (int);
};

static int moved (int n);
static int kept (int n);

static const struct operations operations = {
	.open = moved, /* once */
	.close = kept,
};

extern void tcbsplit_adapter_panic (const char *) __attribute__ ((noreturn));

static int
moved (int n)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: panic.
	   never called after boot */
	(void) n;
	tcbsplit_adapter_panic ("moved was moved out of the hypervisor");
}

static int
kept (int n)
{
	return n;
}

int
main (void)
{
	return operations.open (1) + operations.close (2);
}
