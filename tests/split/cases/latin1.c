// bytes that are no UTF-8 are kept
// preprocess: [moved]
int moved (void); /* café */

/* ¤Ö¤í */
int
moved (void)
{
	return 1;
}

const char text[] = "éÿ";

int
main (void)
{
	return text[0];
}
// === thin
int moved (void); /* café */

const char text[] = "éÿ";

int
main (void)
{
	return text[0];
}
