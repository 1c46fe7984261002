/**
 * The evidence of a run: what was tried, what was seen, and what each judge made of it.
 *
 * <p>Promises: every record refuses impossible values when it is built; a verdict of no
 * examinations is never "holds"; a folder that {@link landfall.evidence.EvidenceFolder} opens for
 * reading is byte for byte the one that was sealed. Nothing here runs, renders or judges.
 */
package landfall.evidence;
