package landfall.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Looks at files and folders before any work is done with them. */
final class Inputs {
  private Inputs() {}

  /**
   * Refuses what is no regular file: a pipe would block, and a device has no end.
   *
   * @return the file
   */
  static Path regular(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          file
              + (Files.isDirectory(file) ? " is a folder" : " is a pipe or a device")
              + "; a regular file is accepted");
    }
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("not allowed to read " + file);
    }
    return file;
  }

  /** Makes a folder to write in, if it is not there; refuses what cannot be one. */
  static void writableFolder(String option, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException impossible) {
      throw new IllegalArgumentException(
          option + " takes a folder, and " + folder + " cannot be made", impossible);
    }
    if (!Files.isWritable(folder)) {
      throw new IllegalArgumentException(
          option + " takes a folder that can be written, not " + folder);
    }
  }

  /** Refuses a file that cannot be written, before what is to be in it is known. */
  static void writableFile(String option, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    boolean there = Files.exists(file);
    if (folder == null
        || !Files.isDirectory(folder)
        || there && !Files.isRegularFile(file)
        || !Files.isWritable(there ? file : folder)) {
      throw new IllegalArgumentException(
          option + " takes a file to write in an existing folder, not " + file);
    }
  }
}
