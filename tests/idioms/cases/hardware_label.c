// roots: start
// hardware: trap_vectors bytes words first second
// why hardware: trap_vectors cut up into struct gate.low
// edge: trap_vectors -> trap asm exact
typedef unsigned long word;
typedef unsigned short u16;
typedef unsigned int u32;
struct gate { u16 low, selector, type, middle; u32 high, zero; } idt[4];

void trap_vectors (void);
extern char bytes[];
extern word words[];
extern void (*const stubs[]) (void);
void trap (void) { }
void start (void)
{
	int i;
	for (i = 0; i < 4; i++) {
		word address = (word) trap_vectors + i * 16;
		idt[i] = (struct gate) { (u16) address, 8, 0x8E00, (u16) (address >> 16),
			(u32) (address >> 32), 0 };
	}
	idt[0].low = (word) bytes + 16;
	idt[0].low = (word) words;
	for (i = 0; i < 2; i++)
		idt[i].low = (word) stubs[i];
}
// file: v.S
	.text
	.globl trap_vectors, bytes, words, first, second
	.type trap_vectors, @function
trap_vectors:
	call trap
	ret
bytes:	nop
words:	nop
first:	nop
	.type first, @function
second:	nop
	.type second, @function
	.section .rodata
	.globl stubs
stubs:	.quad first, second
