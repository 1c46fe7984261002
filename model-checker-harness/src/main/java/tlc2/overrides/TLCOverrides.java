package tlc2.overrides;

import landfall.tracecheck.TraceOverrides;

/** TLC looks for a class of exactly this name; what it gives is in {@link TraceOverrides}. */
public final class TLCOverrides implements ITLCOverrides {
  @Override
  @SuppressWarnings("rawtypes") // As the interface has it.
  public Class[] get() {
    return new Class[] {TraceOverrides.class};
  }
}
