/* The x86 `pc` board of QEMU, loaded by multiboot, 32-bit protected mode. */
#include "platform.h"

#define COM1 0x3f8
#define RAM_IF_UNKNOWN (16u << 20)
#define TICKS_PER_SECOND 1000

uptr ram_end;
static volatile u32 ticks;

static void out8(u32 port, u8 value) { __asm__ volatile("outb %0, %w1" ::"a"(value), "Nd"(port)); }
static u8 in8(u32 port) {
  u8 value;
  __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

/* Debug address register 0, with no breakpoint enabled, is a register like any other. */
u32 mirror_get(void) {
  u32 value;
  __asm__ volatile("mov %%db0, %0" : "=r"(value));
  return value;
}
void mirror_set(u32 value) { __asm__ volatile("mov %0, %%db0" ::"r"(value)); }

u64 micros(void) { return (u64)ticks * (1000000 / TICKS_PER_SECOND); }

int serial_get(void) { return in8(COM1 + 5) & 1 ? in8(COM1) : -1; }
int serial_can_put(void) { return in8(COM1 + 5) & 0x20; }
void serial_put(u8 byte) { out8(COM1, byte); }

void idle(void) { __asm__ volatile("hlt" ::: "memory"); }

/* No disk: what this board has on its bus is nothing that the other one has. */
u64 disk_sectors(void) { return 0; }

int disk_read(u64 sector, u8 *into, u32 sectors, void (*meanwhile)(void)) {
  (void)sector, (void)into, (void)sectors, (void)meanwhile;
  return 0;
}

int disk_write(u64 sector, u8 *from, u32 sectors, void (*meanwhile)(void)) {
  return disk_read(sector, from, sectors, meanwhile);
}

int disk_flush(void (*meanwhile)(void)) { return disk_read(0, 0, 0, meanwhile); }

void tick(void) {
  ticks++;
  out8(0x20, 0x20);
}

static u64 gdt[3] = {0, 0x00cf9a000000ffffull, 0x00cf92000000ffffull};
static u64 idt[48];
struct table {
  __UINT16_TYPE__ limit;
  u32 base;
} __attribute__((packed));

void tick_entry(void);

/* The timer: PIT channel 0 on vector 32, everything else masked. */
static void start_clock(void) {
  struct table gdtr = {sizeof gdt - 1, (u32)gdt};
  struct table idtr = {sizeof idt - 1, (u32)idt};
  u32 handler = (u32)tick_entry;
  idt[32] = (u64)(handler & 0xffff0000u) << 32 | 0x00008e0000000000ull | 0x00080000u |
            (handler & 0xffff);
  __asm__ volatile(
      "lgdt %0\n"
      "ljmp $8, $1f\n"
      "1: mov $16, %%ax\n"
      "mov %%ax, %%ds\n mov %%ax, %%es\n mov %%ax, %%fs\n mov %%ax, %%gs\n mov %%ax, %%ss\n"
      "lidt %1\n" ::"m"(gdtr),
      "m"(idtr)
      : "eax", "memory");
  out8(0x20, 0x11);
  out8(0xa0, 0x11);
  out8(0x21, 32);
  out8(0xa1, 40);
  out8(0x21, 4);
  out8(0xa1, 2);
  out8(0x21, 1);
  out8(0xa1, 1);
  out8(0x21, 0xfe);
  out8(0xa1, 0xff);
  u32 divisor = 1193182 / TICKS_PER_SECOND;
  out8(0x43, 0x34);
  out8(0x40, divisor & 0xff);
  out8(0x40, (u8)(divisor >> 8));
  __asm__ volatile("sti");
}

void start(u32 magic, const u32 *information) {
  /* Word 0 bit 0: memory sizes are given; word 2: KiB above 1 MiB. */
  ram_end = magic == 0x2badb002 && (information[0] & 1) ? (1u << 20) + (information[2] << 10)
                                                        : RAM_IF_UNKNOWN;
  out8(COM1 + 1, 0);
  out8(COM1 + 3, 0x03);
  out8(COM1 + 2, 0x07);
  in8(COM1); /* QEMU takes input again; see virt.c */
  out8(COM1 + 4, 0x03);
  start_clock();
  witness();
}

__asm__(
    ".section .start, \"ax\"\n"
    ".align 4\n"
    ".long 0x1badb002, 0x00000002, -(0x1badb002 + 0x00000002)\n"
    ".globl _start\n"
    "_start:\n"
    "  cli\n"
    "  mov $stack_end, %esp\n"
    "  mov %eax, %edx\n"
    "  mov $bss_begin, %edi\n"
    "  mov $bss_end, %ecx\n"
    "  sub %edi, %ecx\n"
    "  xor %eax, %eax\n"
    "  cld\n"
    "  rep stosb\n"
    "  push %ebx\n"
    "  push %edx\n"
    "  call start\n"
    "1: jmp 1b\n"
    ".globl tick_entry\n"
    "tick_entry:\n"
    "  pusha\n"
    "  cld\n"
    "  call tick\n"
    "  popa\n"
    "  iret\n");
