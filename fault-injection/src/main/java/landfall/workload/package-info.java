/**
 * Clients of the witness guest, on the serial lines of both hosts. Some stay with the source for as
 * long as it answers, others go to the destination as soon as it answers, so that two running
 * copies of a guest are both talked to.
 *
 * <p>What the package promises: an operation is in the history before its request leaves; a reply
 * counts only if its checksum is right and it answers a request of this trial; every value written
 * is written once.
 */
package landfall.workload;
