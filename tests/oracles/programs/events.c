/* An event loop: intrusive lists, callbacks with data, library callbacks, variadic registration. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node { struct node *next; };
struct handler { int event; struct node node; int (*fire) (struct handler *, void *); void *data; };
struct driver { void (*attach) (struct driver *); int (*poll) (void); };
typedef void (*action) (void);

#define container_of(p, type, member) ((type *) ((char *) (p) - offsetof (type, member)))

static struct node *handlers;
static action at_end[4];
static struct driver *drivers[4];
static int driver_count;

static void on (struct handler *h, int (*fire) (struct handler *, void *), void *data)
{
	h->fire = fire;
	h->data = data;
	h->node.next = handlers;
	handlers = &h->node;
}

static int dispatch (int event)
{
	struct node *n;
	int sum = 0;

	for (n = handlers; n; n = n->next) {
		struct handler *h = container_of (n, struct handler, node);

		if (h->event == event)
			sum += h->fire (h, h->data);
	}
	return sum;
}

static int count (struct handler *h, void *data) { return ++*(int *) data + h->event; }
static int forward (struct handler *h, void *data)
{
	int (*next) (int) = (int (*) (int)) (uintptr_t) data;

	return next (h->event);
}
static int last (int n) { return n * 3; }

static void goodbye (void) { puts ("goodbye"); }
static void flush (void) { fflush (stdout); }
static void finally (int n, ...)
{
	va_list list;
	int i;

	va_start (list, n);
	for (i = 0; i < n; i++)
		at_end[i] = va_arg (list, action);
	va_end (list);
}

static int disk_poll (void) { return 1; }
static void disk_attach (struct driver *d) { d->poll = disk_poll; }
static void driver_register (const struct driver *template)
{
	struct driver *d = malloc (sizeof *d);

	memcpy (d, template, sizeof *d);
	drivers[driver_count++] = d;
}

static int compare (const void *a, const void *b) { return *(const int *) a - *(const int *) b; }
static void leave (void) { puts ("left"); }

int main (void)
{
	static struct handler first = { .event = 1 }, second = { .event = 2 };
	static const struct driver disk = { .attach = disk_attach };
	int values[] = { 3, 1, 2 }, seen = 0, i, sum = 0;

	on (&first, count, &seen);
	on (&second, forward, (void *) (uintptr_t) last);
	driver_register (&disk);
	atexit (leave);
	qsort (values, 3, sizeof values[0], compare);
	for (i = 0; i < 3; i++)
		sum += dispatch (values[i]);
	for (i = 0; i < driver_count; i++) {
		drivers[i]->attach (drivers[i]);
		sum += drivers[i]->poll ();
	}
	finally (2, goodbye, flush);
	for (i = 0; i < 2; i++)
		at_end[i] ();
	return sum == 9 ? 0 : 1;
}
