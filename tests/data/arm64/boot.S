/* The start of a small hypervisor: exception vectors, a guest that is entered, each kind of branch. */

	.section .text.boot, "ax"
	.globl	entry
	.type	entry, %function
entry:
	adr	x0, vectors		/* by an address near by: no relocation */
	msr	vbar_el2, x0
	ldr	x0, =stack_top		/* by a constant among the code */
	mov	sp, x0
	cbz	x0, stop
	adrp	x1, on_start		/* by page and offset */
	add	x1, x1, :lo12:on_start
	blr	x1
	ldr	x2, =on_check
	blr	x2
	b	main_c
	.ltorg
stop:
	wfi
	b	stop
	.size	entry, . - entry

	.globl	enter_guest
	.type	enter_guest, %function
enter_guest:
	msr	elr_el2, x0
	eret				/* control does not go on */

	.balign	2048
	.globl	vectors
vectors:
	b	on_sync
	.balign	128
	tbnz	x0, #3, on_irq
	b.ne	on_irq
	ret
	.balign	128
	.globl	on_sync
on_sync:				/* falls through the padding into what stands behind */
	bl	save
	.balign	64
	.globl	resume
resume:
	bl	handle
	eret
	.globl	on_irq
on_irq:
	stp	x29, x30, [sp, #-16]!
	bl	handle_irq
	ldp	x29, x30, [sp], #16
	ret
save:
	ret
version:				/* data among code */
	.quad	0x1234, on_check
	.asciz	"a text among code"
	.balign	4
last:
	b	never
never:
	hlt	#0

	.bss
	.space	4096
stack_top:
