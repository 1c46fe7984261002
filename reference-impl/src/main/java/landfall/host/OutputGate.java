package landfall.host;

/** Whether the guest's output may leave. */
interface OutputGate {

  /** Nothing keeps output here. */
  OutputGate OPEN = () -> {};

  /** Waits until output may leave at this moment. */
  void awaitOpen() throws InterruptedException;
}
