// SPDX-License-Identifier: GPL-2.0
/* Frames over the virtio-serial port; see port.h. */
#define _GNU_SOURCE
#include "port.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define FRAME_MAX (sizeof(struct frame) + FRAME_PAYLOAD)

static int fd = -1;
static uint32_t session;
static unsigned char tx[4 * FRAME_MAX];
static size_t tx_start, tx_end;
static unsigned char rx[2 * FRAME_MAX];
static size_t rx_len;

static uint32_t crc32_of(uint32_t crc, const void *data, size_t length)
{
	static uint32_t table[256];
	const unsigned char *p = data;

	for (uint32_t i = 0; i < 256 && !table[255]; i++) {
		uint32_t entry = i;

		for (int bit = 0; bit < 8; bit++)
			entry = entry >> 1 ^ (entry & 1 ? 0xedb88320u : 0);
		table[i] = entry;
	}
	crc = ~crc;
	while (length--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
	return ~crc;
}

static uint32_t frame_crc(const struct frame *frame, const void *payload)
{
	uint32_t crc = crc32_of(0, &frame->type, sizeof(*frame) -
				offsetof(struct frame, type));

	return crc32_of(crc, payload, frame->length);
}

int port_open(void)
{
	static const char class[] = "/sys/class/virtio-ports";
	struct dirent *entry;
	char path[512], name[64];
	DIR *dir = opendir(class);

	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir))) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s/name", class, entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file)) {
			name[strcspn(name, "\n")] = 0;
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			if (!strcmp(name, PORT_NAME))
				fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
		fclose(file);
	}
	closedir(dir);
	tx_start = tx_end = rx_len = 0;
	/* Never wait for entropy: this only has to differ from the last one. */
	if (getrandom(&session, sizeof(session), GRND_INSECURE) < 0)
		session++;
	return fd;
}

void port_reopen(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
	port_open();
}

bool port_is_open(void)
{
	return fd >= 0;
}

int port_fd(void)
{
	return fd;
}

bool port_pending(void)
{
	return tx_end > tx_start;
}

size_t port_room(void)
{
	size_t room = sizeof(tx) - (tx_end - tx_start);

	if (fd < 0 || room <= sizeof(struct frame))
		return 0;
	room -= sizeof(struct frame);
	return room < FRAME_PAYLOAD ? room : FRAME_PAYLOAD;
}

static void queue(const void *data, size_t length)
{
	if (tx_end + length > sizeof(tx)) {
		memmove(tx, tx + tx_start, tx_end - tx_start);
		tx_end -= tx_start;
		tx_start = 0;
	}
	memcpy(tx + tx_end, data, length);
	tx_end += length;
}

void port_preamble(void)
{
	static const char zeros[FRAME_MAX];

	if (sizeof(tx) - (tx_end - tx_start) >= sizeof(zeros))
		queue(zeros, sizeof(zeros));
}

bool port_send(enum frame_type type, uint8_t stream, uint32_t command,
	       uint64_t offset, const void *payload, size_t length)
{
	struct frame frame = {
		.magic = FRAME_MAGIC,
		.type = type,
		.stream = stream,
		.length = length,
		.session = session,
		.command = command,
		.offset = offset,
	};

	if (fd < 0 || length > FRAME_PAYLOAD ||
	    sizeof(tx) - (tx_end - tx_start) < sizeof(frame) + length)
		return false;
	frame.crc = frame_crc(&frame, payload);
	queue(&frame, sizeof(frame));
	queue(payload, length);
	port_flush();
	return true;
}

void port_flush(void)
{
	while (fd >= 0 && tx_start < tx_end) {
		ssize_t n = write(fd, tx + tx_start, tx_end - tx_start);

		if (n <= 0)
			return;
		tx_start += n;
	}
}

void port_receive(void (*handle)(const struct frame *frame, char *payload))
{
	static char payload[FRAME_PAYLOAD + 1];
	struct frame frame;
	size_t at = 0;
	ssize_t n = read(fd, rx + rx_len, sizeof(rx) - rx_len);

	if (n <= 0)
		return;
	rx_len += n;
	while (rx_len - at >= sizeof(frame)) {
		memcpy(&frame, rx + at, sizeof(frame));
		if (frame.magic != FRAME_MAGIC || frame.length > FRAME_PAYLOAD) {
			at++;
			continue;
		}
		if (rx_len - at < sizeof(frame) + frame.length)
			break;
		if (frame.crc != frame_crc(&frame, rx + at + sizeof(frame))) {
			at++;
			continue;
		}
		memcpy(payload, rx + at + sizeof(frame), frame.length);
		payload[frame.length] = 0;
		at += sizeof(frame) + frame.length;
		if (frame.session == session)
			handle(&frame, payload);
	}
	memmove(rx, rx + at, rx_len - at);
	rx_len -= at;
}
