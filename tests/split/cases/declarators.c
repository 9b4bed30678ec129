// several names in one statement: only what leaves is taken out
// preprocess: [moved]
int moved (void);

static int first = 1, second, third[] = { 1, 2 };
static const char *name = "a, b", *other = "c";
static struct point {
	int x, y;
} origin, *far = &origin;
static struct size {
	int width;
} only_moved;
static int left (void), right (void);

int
moved (void)
{
	return first + third[0] + name[0] + origin.x + far->y + only_moved.width + left ();
}

static int
left (void)
{
	return 1;
}

static int
right (void)
{
	struct point p = { 1, 2 };
	struct size s = { 3 };

	return p.x + s.width;
}

int
main (void)
{
	return second++ + other[0] + right ();
}
// === thin
int moved (void);

static int second;
static const char *other = "c";
struct point {
	int x, y;
};
struct size {
	int width;
};
static int right (void);

static int
right (void)
{
	struct point p = { 1, 2 };
	struct size s = { 3 };

	return p.x + s.width;
}

int
main (void)
{
	return second++ + other[0] + right ();
}
