package landfall.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A test that takes too long for every day. {@code -Dlandfall.tests=all} asks for it, and {@code
 * -Dgroups=at-length} for such tests and those that are {@link Sampled} alone; {@code .ci/run} does
 * both.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag(AtLength.TAG)
@EnabledIfSystemProperty(
    named = AtLength.PROPERTY,
    matches = AtLength.ALL,
    disabledReason = "takes long: -Dlandfall.tests=all asks for it, as .ci/run does")
public @interface AtLength {
  String TAG = "at-length";
  String PROPERTY = "landfall.tests";
  String ALL = "all";

  /** Whether everything was asked for. */
  boolean ASKED = ALL.equals(System.getProperty(PROPERTY));
}
