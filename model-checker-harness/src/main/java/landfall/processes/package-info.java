/**
 * Child processes and temporary folders that end with this process, however it ends: also by {@code
 * kill -9}, when no code of this process runs any more.
 *
 * <p>A small shell, the guard, runs beside this process in a session of its own. It reads a pipe
 * from this process. The pipe closes when this process is gone; the guard then kills the children
 * that are left and removes the temporary files. The children need no code for it, so it works for
 * QEMU and TLC as it does for our hosts.
 *
 * <p>{@code prctl(PR_SET_PDEATHSIG)} (or {@code setpriv --pdeathsig}) is no alternative: it acts
 * when the thread ends that started the child, not the process.
 */
package landfall.processes;
