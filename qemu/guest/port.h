/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control channel between the VM's PID 1 and qemu/vm: frames over the
 * virtio-serial port named "otherworld.control". qemu/vmlib/protocol.py is the
 * other end and describes the conversation.
 *
 * The kernel under this end may be replaced at any instant, in the middle of a
 * frame too. So every frame starts with a magic number and is covered by a
 * CRC, and whoever opens the conversation first sends a full frame's length of
 * zeros: they complete whatever was cut, its CRC fails, and the search for the
 * next magic number finds the hello.
 */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_NAME	 "otherworld.control"
#define FRAME_MAGIC	 0x31634f57u /* "WOc1" */
#define FRAME_PAYLOAD	 16384

enum frame_type {
	/* guest to host */
	FRAME_HELLO = 1, /* "key=value" lines: who speaks */
	FRAME_OUTPUT,	 /* bytes of a stream, from .offset on */
	FRAME_EXIT,	 /* the wait status, a 32-bit number */
	/* host to guest */
	FRAME_WELCOME = 64,
	FRAME_RUN,	/* environment, empty string, arguments; each 0-ended */
	FRAME_ACK,	/* the stream has arrived as far as .offset */
	FRAME_SIGNAL,	/* a 32-bit signal number for the command's group */
	FRAME_DONE,	/* the exit status has arrived */
	FRAME_POWEROFF,
};

/* Little-endian, as x86 is. */
struct frame {
	uint32_t magic;
	uint32_t crc;	  /* zlib's, of all that follows and the payload */
	uint8_t type;
	uint8_t stream;	  /* OUTPUT, ACK: 1 standard output, 2 standard error */
	uint16_t length;  /* of the payload */
	uint32_t session; /* chosen at hello; frames of another one are stale */
	uint32_t command; /* which RUN this is about */
	uint32_t pad;
	uint64_t offset;
};

/* Find and open the port, or return -1 if it is not there yet. */
int port_open(void);
/* Open anew, under a new session: the peer starts from the hello again. */
void port_reopen(void);
bool port_is_open(void);
int port_fd(void);
/* Is there anything waiting to be written? */
bool port_pending(void);
/* How much payload a frame could carry now; 0 if none could be queued. */
size_t port_room(void);
/* Queue the zeros that make the peer find the next frame. */
void port_preamble(void);
/* Queue a frame. False if there is no room: try again after port_flush(). */
bool port_send(enum frame_type type, uint8_t stream, uint32_t command,
	       uint64_t offset, const void *payload, size_t length);
/* Write what the port takes without blocking. */
void port_flush(void);
/*
 * Read what has come, and call handle for every frame of this session. The
 * payload is followed by a zero byte.
 */
void port_receive(void (*handle)(const struct frame *frame, char *payload));

#endif
