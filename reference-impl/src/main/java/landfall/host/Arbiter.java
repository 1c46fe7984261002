package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The lock that decides who owns the guest, {@code Handover!lock}: a file on storage that both
 * hosts reach, holding the name of the owner, or {@code free}. Each change reads and writes it
 * under an exclusive file lock, so that it is one step. The word stays when its writer dies.
 */
final class Arbiter {
  private static final String FREE = "free";

  private final Path file;
  private final String self;

  Arbiter(Path file, String self) {
    this.file = file;
    this.self = self;
  }

  /** Makes this host the owner whatever was there: the guest starts here. */
  void claimFirst() throws IOException {
    change(owner -> self);
  }

  void release() throws IOException {
    change(owner -> owner.equals(self) ? FREE : owner);
  }

  /** Takes the lock if it is free. True if this host has it now. */
  boolean take() throws IOException {
    return change(owner -> owner.equals(FREE) ? self : owner).equals(self);
  }

  boolean isFree() throws IOException {
    return change(owner -> owner).equals(FREE);
  }

  private String change(java.util.function.UnaryOperator<String> step) throws IOException {
    // The JVM refuses a second lock of the same file within the process, whichever arbiter asks.
    synchronized (Arbiter.class) {
      return changeLocked(step);
    }
  }

  private String changeLocked(java.util.function.UnaryOperator<String> step) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        var lock = channel.lock()) {
      ByteBuffer content = ByteBuffer.allocate(64);
      channel.read(content, 0);
      String before = new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
      String after = step.apply(before.strip());
      if (!after.equals(before)) {
        byte[] bytes = after.getBytes(StandardCharsets.UTF_8);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(bytes), 0);
        channel.force(false);
      }
      return lock.isValid() ? after : before;
    }
  }
}
