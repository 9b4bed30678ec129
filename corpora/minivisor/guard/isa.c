/* SPDX-License-Identifier: MIT */
/*
 * The devices of an ISA machine. The DMA controllers (Intel 8237A) are
 * switched off for good: guests do not reach them. What guests do reach is made
 * anew before each: the interrupt controllers (8259A), the timer (8254) and the
 * serial port, so that no guest leaves anything armed or stored for the next.
 */

#include "hv/console.h"
#include "hv/unit.h"
#include "lib/port.h"

/* 8237A: writing anything clears the controller and masks its channels. */
#define DMA1_CLEAR 0x0D
#define DMA2_CLEAR 0xDA

#define PIC1 0x20
#define PIC2 0xA0
#define PIC_BASE1 0x08 /* where PC firmware has its interrupts */
#define PIC_BASE2 0x70
#define PIC_INIT 0x11 /* ICW1: edge triggered, cascaded, ICW4 follows */
#define PIC_8086 0x01 /* ICW4 */

#define PIT_CONTROL 0x43
#define PIT_STOP 0x30 /* mode 0, both bytes: waits for a count */
#define PIT_CHANNELS 3

static int
isa_dma_off (void)
{
	port_out8 (DMA1_CLEAR, 0);
	port_out8 (DMA2_CLEAR, 0);
	return 0;
}

/* ICW1 drops requests that were latched; then every line is masked. */
static void
pic_reset (u16 port, u8 base, u8 cascade)
{
	port_out8 (port, PIC_INIT);
	port_out8 ((u16) (port + 1), base);
	port_out8 ((u16) (port + 1), cascade);
	port_out8 ((u16) (port + 1), PIC_8086);
	port_out8 ((u16) (port + 1), 0xFF);
}

static int
isa_reset (void)
{
	unsigned int i;

	for (i = 0; i < PIT_CHANNELS; i++)
		port_out8 (PIT_CONTROL, (u8) (PIT_STOP | i << 6));
	pic_reset (PIC1, PIC_BASE1, 4);
	pic_reset (PIC2, PIC_BASE2, 2);
	console_init ();
	return 0;
}

UNIT ("guard2", isa_dma_off);
UNIT ("reset2", isa_reset);
