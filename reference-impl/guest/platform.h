/* What the witness needs of the machine it runs on. One file a machine. */
#ifndef PLATFORM_H
#define PLATFORM_H

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __INT64_TYPE__ i64;
typedef __UINTPTR_TYPE__ uptr;

/* First byte of RAM that the image does not use, and first byte behind RAM. */
extern u8 image_end[];

/* Code and constants, which nobody writes, and the stack, of which only the upper half is used. */
extern u8 image_begin[], constants_end[], stack_begin[];
extern uptr ram_end;

/* Microseconds since the guest was switched on; monotone, and goes on after a move. */
u64 micros(void);

/* The serial line, polled. serial_get returns -1 when nothing is there. */
int serial_get(void);
int serial_can_put(void);
void serial_put(u8 byte);

/* Rests until a byte may have come in or a millisecond has passed. */
void idle(void);

/* A number kept in the CPU, not in memory: device state, as a migration sees it. */
u32 mirror_get(void);
void mirror_set(u32 value);

/* The disk: its size in sectors of 512 bytes, 0 if there is none; whole sectors read, written, and
 * put on stable storage. They call `meanwhile` again and again until the disk has done it, and return
 * 1, or 0 if the disk failed. */
u64 disk_sectors(void);
int disk_read(u64 sector, u8 *into, u32 sectors, void (*meanwhile)(void));
int disk_write(u64 sector, u8 *from, u32 sectors, void (*meanwhile)(void));
int disk_flush(void (*meanwhile)(void));

/* Entered by the machine's start code when RAM, stack and clock are ready. */
void witness(void) __attribute__((noreturn));

#endif
