/* The target guest: uses the disk, and tries what it must not. */

#include "abi/hypercall.h"
#include "guest/lib/ata.h"
#include "guest/lib/console.h"
#include "guest/lib/fault.h"
#include "guest/lib/hypercall.h"
#include "guest/lib/report.h"
#include "guest/lib/sha256.h"

#define HYPERVISOR_ADDRESS 0x08000000
#define MSR_VM_HSAVE_PA 0xC0010117
#define SCRATCH_SECTOR 100

static u8 buffer[4 * SECTOR_SIZE], again[4 * SECTOR_SIZE];

void target_main (void);

static bool
equal (const u8 *left, const u8 *right, u32 length)
{
	while (length--)
		if (*left++ != *right++)
			return false;
	return true;
}

static void
print_digest (u32 sector)
{
	u8 digest[32];

	report (ata_read (sector, 1, buffer), "sector is read");
	sha256_blocks (buffer, SECTOR_SIZE, digest);
	print ("target: sector ");
	print_number (sector);
	print (" sha256 ");
	print_hex (digest, sizeof digest);
	print ("\n");
}

static void
test_disk (void)
{
	static const u32 sectors[] = { 0, 1, 7, 63, 1500 };
	unsigned int i;

	for (i = 0; i < sizeof sectors / sizeof sectors[0]; i++)
		print_digest (sectors[i]);
	report (ata_read (4, 4, buffer), "four sectors are read at once");
	report (ata_read_words (7, (u16 *) again) &&
		equal (again, buffer + 3 * SECTOR_SIZE, SECTOR_SIZE),
		"word by word is the same as string input");
	for (i = 0; i < sizeof buffer; i++)
		buffer[i] = (u8) (i * 7 + i / SECTOR_SIZE);
	report (ata_write (SCRATCH_SECTOR, 4, buffer) &&
		ata_read (SCRATCH_SECTOR, 4, again) &&
		equal (buffer, again, sizeof buffer),
		"what was written is read back");
	report (ata_refuses (0xC8), "DMA is refused");
}

static void
test_walls (void)
{
	u32 a = 0x80000001, b, c = 0, d;

	asm volatile ("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	report (!(c & 4), "SVM is hidden");
	report (fault_on_rdmsr (MSR_VM_HSAVE_PA), "SVM's registers are closed");
	report (fault_on_read (HYPERVISOR_ADDRESS),
		"the hypervisor cannot be read");
	report (fault_on_write (HYPERVISOR_ADDRESS),
		"the hypervisor cannot be written");
	report (hypercall (HC_VERSION, 0, 0, 0) == ABI_VERSION,
		"hypercalls work");
	report (hypercall (0x7FFF, 0, 0, 0) < 0, "unknown hypercalls fail");
}

static void
test_handoff (void)
{
	bool refused = hypercall (HC_HANDOFF, (u32) (uintptr_t) buffer,
				  sizeof buffer, 0) < 0;

	report (refused, "a handoff from the target is refused");
	if (refused)
		print ("target: handoff refused\n");
}

void
target_main (void)
{
	print ("target: started\n");
	fault_init ();
	test_disk ();
	test_walls ();
	test_handoff ();
	report_summary ();
}
