// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Reading a pact
 *
 * The page is the process's own, so anything may be in it. It counts if it says
 * that it is a pact of this process; of the two copies in it that one counts
 * which is whole and the newer. The process may have died, or been stopped, at
 * any point of a change: the other copy is whole then. What is whole and makes
 * no sense was not written by who knows how, and the one before it is not
 * looked at: it was replaced.
 *
 * A dead process's page is a mapping of the dead kernel's device, and that is
 * a file with the device's operations: their address is in the layout table.
 */
#include "ow_pact.h"

#include "ow_swap.h"

#define OW_PAGE_SIZE	4096

static bool ow_copy_is_whole(const struct otherworld_pact_copy *copy)
{
	size_t skip = sizeof(copy->checksum);

	return xxh64((const u8 *)copy + skip, sizeof(*copy) - skip, 0) ==
	       copy->checksum;
}

static bool ow_copy_makes_sense(const struct otherworld_pact_copy *copy)
{
	return copy->action < OTHERWORLD_ACTION_COUNT &&
	       memchr(copy->group, '\0', sizeof(copy->group));
}

enum otherworld_pact_state ow_pact_judge(const struct otherworld_pact *page,
					 s32 pid, struct ow_pact *pact)
{
	const struct otherworld_pact_copy *newest = NULL;
	unsigned int i;

	/* A child's is empty. */
	if (!page->magic)
		return OTHERWORLD_PACT_NONE;
	if (page->magic != OTHERWORLD_PACT_MAGIC ||
	    page->version != OTHERWORLD_PACT_VERSION || page->pid != pid)
		return OTHERWORLD_PACT_FOREIGN;
	for (i = 0; i < ARRAY_SIZE(page->copies); i++) {
		const struct otherworld_pact_copy *copy = page->copies + i;

		if (ow_copy_is_whole(copy) &&
		    (!newest || copy->sequence > newest->sequence))
			newest = copy;
	}
	if (!newest || !ow_copy_makes_sense(newest))
		return OTHERWORLD_PACT_TORN;
	pact->copy = *newest;
	pact->running = page->running;
	return OTHERWORLD_PACT_VALID;
}

/* --- Of a dead process ------------------------------------------------------------ */

bool ow_vma_is_pact(struct ow_cursor *c, const struct ow_vma *vma)
{
	u64 device;

	if (!vma->file.a)
		return false;
	/* Not as 0, which a file without operations would be taken for. */
	if (!ow_layout_has(&c->kernel->layout, OW_A_ow_fops))
		return ow_cursor_fail(c, OW_MISSING, vma->at,
				      "how the device is known");
	device = ow_const(c, OW_A_ow_fops);
	return device && ow_get(c, vma->file, OW_F_file_f_op) == device;
}

static int ow_pact_entry(void *priv, const struct ow_pte *pte)
{
	*(struct ow_pte *)priv = *pte;
	return 1;
}

bool ow_dead_pact_read(struct ow_cursor *c, struct ow_user_tables *tables,
		       const struct ow_task *task, u64 at,
		       struct ow_dead_pact *dead)
{
	s32 pid = ow_task_own_pid(c, task);
	struct ow_fault_info why = { .status = OW_OK };
	struct otherworld_pact page;
	struct ow_phys phys;
	struct ow_pte pte;

	memset(dead, 0, sizeof(*dead));
	dead->pact.at = at;
	if (!ow_cursor_ok(c))
		return false;
	if (!ow_user_walk(tables, at, at + OW_PAGE_SIZE, ow_pact_entry, &pte,
			  &why)) {
		/* No entry, and nothing wrong: it was never touched. */
		dead->state = OTHERWORLD_PACT_NONE;
		c->fault = why;
		return ow_cursor_ok(c);
	}
	if (pte.kind == OW_PTE_SWAP) {
		dead->swapped_out = ow_swap_type(&pte) < ow_swap_types(c);
		/* What is on a device, say, stands in no frame. */
		return dead->swapped_out ||
		       ow_cursor_fail(c, OW_REFUSED, ow_virt_at(at),
				      "a page in motion");
	}
	phys = ow_phys_at((pte.pfn * OW_PAGE_SIZE) + at - pte.address);
	if (ow_memory_read(c->kernel->mem, phys, &page, sizeof(page),
			   &c->fault) != OW_OK)
		return false;
	dead->state = ow_pact_judge(&page, pid, &dead->pact);
	return true;
}
