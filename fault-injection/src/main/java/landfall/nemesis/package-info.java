/**
 * Faults, and evidence that they happened. A {@link landfall.nemesis.MigrationProxy} stands on the
 * migration channel, forwards every byte unchanged, and decodes the stream as it passes, so that a
 * {@link landfall.nemesis.Nemesis} can let a fault fall at an exact point of the protocol. Nothing
 * in here uses the codec of the engine: a witness does not ask the accused.
 */
package landfall.nemesis;
