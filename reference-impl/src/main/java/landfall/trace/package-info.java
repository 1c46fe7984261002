/**
 * The trace of one host as newline-delimited JSON, one event a line, in the vocabulary of the
 * specification. What the package promises: an event that was appended is in the file even if the
 * process is killed right after, and each line is written whole or, by a kill in the middle of the
 * write, is the last. Format: docs/protocol.md.
 */
package landfall.trace;
