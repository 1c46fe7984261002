/**
 * Runs protocol cores. {@link landfall.engine.Driver} asks a core and has the effects of its step
 * performed, in the order given, by an {@link landfall.engine.Interpreter}: the real host, the
 * explorer's world, or a test's. Nobody else calls a core.
 */
package landfall.engine;
