/**
 * Histories of client operations in EDN, the form of Jepsen: read, written, split by key.
 *
 * <p>Promises: what {@link landfall.history.HistoryWriter} writes, {@link landfall.history.History}
 * reads back; anything malformed is refused with file, line, column and what was expected there. An
 * operation without a known outcome is kept as indeterminate, never guessed. Nothing here judges.
 */
package landfall.history;
