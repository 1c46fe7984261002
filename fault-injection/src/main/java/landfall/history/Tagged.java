package landfall.history;

/**
 * An EDN tagged value, such as {@code #inst "2026-01-01"}.
 *
 * @param tag without the {@code #}
 * @param value what the tag applies to
 */
public record Tagged(String tag, Object value) {}
