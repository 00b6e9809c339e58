// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: devices that still work for the dead kernel.
 *
 * Nobody told them that it died: they go on writing into its memory. Each PCI
 * device loses its bus mastership as soon as it is found, long before any old
 * frame is trusted or released, and is then reset. A virtio device is reset by
 * its transport before any driver sees it, whether there is a driver or not.
 */

#include <linux/pci.h>

#include "internal.h"

#define OW_VENDOR_VIRTIO	0x1af4

static void ow_quiet_device(struct pci_dev *dev)
{
	u16 command;

	if (!ow_successor || dev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return;

	pci_read_config_word(dev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MASTER))
		return;
	pci_write_config_word(dev, PCI_COMMAND, command & ~PCI_COMMAND_MASTER);

	if (dev->vendor == OW_VENDOR_VIRTIO)
		return;
	/* What was on its way before the bit went down. */
	if (pci_is_pcie(dev) && !pci_wait_for_pending_transaction(dev))
		pci_warn(dev, "otherworld: still has transactions pending\n");
	if (pcie_reset_flr(dev, PCI_RESET_DO_RESET))
		pci_dbg(dev, "otherworld: cannot be reset, only silenced\n");
}
DECLARE_PCI_FIXUP_EARLY(PCI_ANY_ID, PCI_ANY_ID, ow_quiet_device);
