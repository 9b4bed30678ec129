/* What replaces the weak default, and a tail call. */

#include <stdint.h>

void on_start (void);
void late_hook (void);

void
board_hook (void)
{
	uint64_t big[8] = { 1, 2, 3 };

	__asm__ volatile ("dc civac, %0" : : "r" (&big) : "memory");
}

void
late_hook (void)
{
	on_start ();
}
