/**
 * A RISC-V machine that can be migrated: one RV64IMA + Zicsr hart (machine and user mode) on the
 * memory map of the QEMU {@code virt} board.
 *
 * <p>What the package promises:
 *
 * <ul>
 *   <li>{@link landfall.machine.Machine} runs a guest on a thread of the caller, stops it at an
 *       instruction boundary, and captures and restores everything that is not RAM. A guest that is
 *       captured and restored elsewhere cannot tell: registers, device buffers and guest time go on
 *       where they stood.
 *   <li>{@link landfall.machine.Memory} is the RAM. Its dirty log never loses a write: a page that
 *       was written after it was harvested is in the next harvest.
 *   <li>{@link landfall.machine.BlockStorage} is what a disk keeps its sectors in. However long it
 *       takes to answer, the machine can be paused, captured and stopped meanwhile.
 *   <li>The guest is data: no guest program and no malformed file or device state makes anything
 *       but a documented exception.
 * </ul>
 *
 * <p>Source of the behaviour: The RISC-V Instruction Set Manual, Volumes I (20191213) and II
 * (20211203); Virtual I/O Device (VIRTIO) Version 1.1 for the disk. Left out: supervisor mode,
 * address translation, floating point, compressed instructions, the external interrupt controller;
 * physical memory protection has no entries, so that its registers read 0 and software sees that
 * there is none.
 */
package landfall.machine;
