/* A stack machine: opcodes through a table, natives by name, an error handler by longjmp. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

struct machine;
typedef void (*operation) (struct machine *);

struct native {
	const char *name;
	int (*call) (int argument);
};

struct machine {
	int stack[16];
	int top;
	const char *program;
	jmp_buf out;
	void (*error) (struct machine *, const char *what);
	const struct native *natives;
};

static void push (struct machine *m, int value) { m->stack[m->top++] = value; }
static int pop (struct machine *m) { return m->stack[--m->top]; }

static void op_add (struct machine *m) { push (m, pop (m) + pop (m)); }
static void op_multiply (struct machine *m) { push (m, pop (m) * pop (m)); }
static void op_print (struct machine *m) { printf ("%d\n", m->stack[m->top - 1]); }
static int twice (int n) { return 2 * n; }
static int negate (int n) { return -n; }

static void op_native (struct machine *m)
{
	const struct native *n;
	char name = *m->program++;

	for (n = m->natives; n->name; n++)
		if (n->name[0] == name) {
			push (m, n->call (pop (m)));
			return;
		}
	m->error (m, "no such native");
}

static const operation operations[128] = {
	['+'] = op_add,
	['*'] = op_multiply,
	['p'] = op_print,
	['n'] = op_native,
};

static void give_up (struct machine *m, const char *what)
{
	puts (what);
	longjmp (m->out, 1);
}

static const struct native natives[] = { { "twice", twice }, { "negate", negate }, { 0, 0 } };

static int run (const char *program)
{
	struct machine machine, *m = &machine;

	memset (m, 0, sizeof *m);
	*m = (struct machine) { .program = program, .error = give_up, .natives = natives };
	if (setjmp (m->out))
		return 1;
	while (*m->program) {
		char c = *m->program++;

		if (c >= '0' && c <= '9')
			push (m, c - '0');
		else if (operations[(int) c])
			operations[(int) c] (m);
		else
			m->error (m, "no such operation");
	}
	return 0;
}

int main (void)
{
	return run ("23+p4*p") + run ("5ntpnnp") + run ("1nx") - 1;
}
