// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: devices that still work for the dead kernel.
 *
 * Nobody told them that it died: they go on writing into its memory. Each PCI
 * device loses its bus mastership as soon as it is found, long before any old
 * frame is trusted or released. It is reset a step later, when the quirks have
 * said which devices do not survive that; its configuration, the firmware's
 * work, is put back. A virtio device is reset by its transport before any
 * driver sees it, whether there is a driver or not.
 */

#include <linux/bitmap.h>
#include <linux/pci.h>

#include "internal.h"

#define OW_VENDOR_VIRTIO	0x1af4
#define OW_CLASS_IOMMU		0x0806
#define OW_CONFIG_WORDS		16

/* Who was bus master, by bus and function; domains share, at no harm. */
static DECLARE_BITMAP(ow_was_master, 256 * 256);

static unsigned int ow_device_bit(const struct pci_dev *dev)
{
	return dev->bus->number << 8 | dev->devfn;
}

static void ow_silence_device(struct pci_dev *dev)
{
	u16 command;

	if (!ow_successor || dev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return;
	/* What others do their DMA through, with no driver to enable it. */
	if (dev->class >> 16 == PCI_BASE_CLASS_BRIDGE ||
	    dev->class >> 8 == OW_CLASS_IOMMU)
		return;

	pci_read_config_word(dev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MASTER))
		return;
	pci_write_config_word(dev, PCI_COMMAND, command & ~PCI_COMMAND_MASTER);
	set_bit(ow_device_bit(dev), ow_was_master);
}
DECLARE_PCI_FIXUP_EARLY(PCI_ANY_ID, PCI_ANY_ID, ow_silence_device);

static void ow_reset_device(struct pci_dev *dev)
{
	u32 saved[OW_CONFIG_WORDS];
	int i;

	if (!ow_successor || !test_bit(ow_device_bit(dev), ow_was_master) ||
	    dev->vendor == OW_VENDOR_VIRTIO)
		return;

	/* What was on its way before the bit went down. */
	if (pci_is_pcie(dev) && !pci_wait_for_pending_transaction(dev))
		pci_warn(dev, "otherworld: still has transactions pending\n");
	for (i = 1; i < OW_CONFIG_WORDS; i++)
		pci_read_config_dword(dev, i * 4, &saved[i]);
	if (pcie_reset_flr(dev, PCI_RESET_DO_RESET)) {
		pci_info(dev, "otherworld: cannot be reset, only silenced\n");
		return;
	}
	/* The command register last, when it decodes the right addresses. */
	for (i = OW_CONFIG_WORDS - 1; i >= 1; i--)
		pci_write_config_dword(dev, i * 4, saved[i]);
}
DECLARE_PCI_FIXUP_HEADER(PCI_ANY_ID, PCI_ANY_ID, ow_reset_device);
