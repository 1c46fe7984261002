package landfall.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.Ratio;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EdnTest {

  @Test
  void everyFormIsRead() throws Exception {
    assertNull(Edn.read("nil"));
    assertEquals(true, Edn.read(" true ; done"));
    assertEquals(-12L, Edn.read("-12"));
    assertEquals(12L, Edn.read("+12N"));
    assertEquals(new BigInteger("123456789012345678901"), Edn.read("123456789012345678901"));
    assertEquals(Long.MIN_VALUE, Edn.read("-9223372036854775808"));
    assertEquals(1.5e3, Edn.read("1.5e3"));
    assertEquals(new BigDecimal("1.50"), Edn.read("1.50M"));
    assertEquals(Double.NEGATIVE_INFINITY, Edn.read("##-Inf"));
    assertEquals("a\n\"\\\u00e9", Edn.read("\"a\\n\\\"\\\\\\u00e9\""));
    assertEquals('x', Edn.read("\\x"));
    assertEquals('\n', Edn.read("\\newline"));
    assertEquals(new Keyword("a/b"), Edn.read(":a/b"));
    assertEquals(new Symbol("-x"), Edn.read("-x"));
    assertEquals(List.of(1L, List.of(2L)), Edn.read("[1,(2)]"));
    assertEquals(Set.of(1L, 2L), Edn.read("#{1 2}"));
    assertEquals(Map.of(new Keyword("a"), 1L), Edn.read("{:a #_{:b [}] 1}".replace("[}]", "[]}")));
    assertEquals(new Tagged("jepsen.history.Op", Map.of()), Edn.read("#jepsen.history.Op{}"));
    assertEquals(Arrays.asList(1L, null), Edn.read("; first\n[#_ #_ 7 8 1 nil]"));
  }

  @Test
  void whatClojurePrintsBeyondEdnIsRead() throws Exception {
    assertEquals(2130764032L, Edn.read("0x7f00e100"));
    assertEquals(-255L, Edn.read("-0xFF"));
    assertEquals(new BigInteger("ffffffffffffffff", 16), Edn.read("0xffffffffffffffff"));
    assertEquals(15L, Edn.read("017"));
    assertEquals(35L, Edn.read("36rZ"));
    assertEquals("2/3", Edn.read("4/6").toString());
    assertEquals(Edn.read("2/3"), Edn.read("4/6"));
    assertEquals(-2L, Edn.read("-4/2"));
    assertEquals(
        new Tagged("object", List.of(new Symbol("java.net.Socket"), 31L, "a \"b\"")),
        Edn.read("#object[java.net.Socket 0x1f \"a \\\"b\\\"\"]"));
    assertEquals(
        new Tagged("object", List.of("[B", 31L, "[B@1f")),
        Edn.read("#object[\"[B\" 0x1f \"[B@1f\"]"));
    assertEquals(
        new Tagged("error", Map.of(new Keyword("cause"), "x")), Edn.read("#error {:cause \"x\"}"));
    assertEquals(new Tagged("re", "a\\d\\\"b"), Edn.read("#\"a\\d\\\"b\""));
    assertEquals(new Tagged("var", new Symbol("jepsen.core/run!")), Edn.read("#'jepsen.core/run!"));
    assertEquals(
        Map.of(new Keyword("ns/a"), 1L, new Keyword("b/c"), 2L, new Keyword("d"), 3L, "s", 4L),
        Edn.read("#:ns{:a 1, :b/c 2, :_/d 3, \"s\" 4}"));
    assertEquals(
        new Tagged("jepsen.nemesis.Partition", Map.of(new Keyword("grudge"), Map.of())),
        Edn.read("#jepsen.nemesis.Partition{:grudge {}}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {:a 1          | 1:6  | expected '}'
          [1 2}          | 1:5  | expected a value, found '}'
          {:a}           | 1:4  | expected a value for the key :a
          {:a 1 :a 2}    | 1:7  | once
          #{1 1}         | 1:1  | once
          "abc           | 1:5  | to close the '"' of 1:1
          "\\q"          | 1:2  | expected one of
          12x            | 1:1  | expected a number, found 12x
          009            | 1:1  | expected a number
          0x             | 1:1  | expected a number
          2r13           | 1:1  | expected a number
          40rZ           | 1:1  | expected a number
          1/0            | 1:1  | expected a number
          #"a           | 1:5  | to close the
          #:a 1          | 1:5  | expected a map
          #              | 1:1  | expected a set, a tag
          #_             | 1:1  | to discard
          #tag           | 1:5  | after the tag #tag
          :              | 1:1  | expected a name
          1 2            | 1:3  | expected one value
          \\nope         | 1:1  | expected a character
          ^x             | 1:1  | expected a value, found '^'
          ##Foo          | 1:1  | ##Inf
          """)
  void malformedTextIsRefusedWithPlaceAndExpectation(String text, String place, String expected) {
    String message = assertThrows(MalformedEdnException.class, () -> Edn.read(text)).getMessage();
    assertTrue(message.startsWith("edn:" + place + ": "), message);
    assertTrue(message.contains(expected), message);
  }

  @Test
  void nestingWithoutEndIsRefusedInsteadOfExhaustingTheStack() {
    for (String open : List.of("[", "{", "#_", "#a ", "(", "#{", "#_[", "{:a ")) {
      String message =
          assertThrows(MalformedEdnException.class, () -> Edn.read(open.repeat(100_000)))
              .getMessage();
      assertTrue(message.contains("nested"), message);
    }
  }

  @Property
  void whatIsPrintedIsReadBackEqual(@ForAll("values") Object value) throws Exception {
    assertEquals(value, Edn.read(Edn.print(value)));
  }

  @Property(tries = 5000)
  void anyTextIsEitherReadOrRefused(@ForAll("almostEdn") String text) throws Exception {
    try {
      Object value = Edn.read(text);
      assertEquals(value, Edn.read(Edn.print(value)));
    } catch (MalformedEdnException refused) {
      assertTrue(refused.getMessage().matches("(?s)edn:\\d+:\\d+: .*expected.*"));
    }
  }

  @Provide
  Arbitrary<String> almostEdn() {
    return Arbitraries.of(
            "{", "}", "[", "]", "(", ")", "#", "#{", "#_", "\"", "\\", ":", "a", "nil", " ", "\n",
            ",", ";", "0", "7", "-", "+", ".", "e", "N", "M", "/", ":type", "##", "u0041", "\u00e9",
            "0x", "r", "'", "#:")
        .list()
        .ofMaxSize(14)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<Object> values() {
    Arbitrary<Object> leaf =
        Arbitraries.oneOf(
            Arbitraries.longs().asGeneric(),
            Arbitraries.doubles().asGeneric(),
            Arbitraries.strings().ofMaxLength(8).asGeneric(),
            Arbitraries.chars().asGeneric(),
            Arbitraries.of(true, false).asGeneric(),
            Arbitraries.just(new BigInteger("-98765432109876543210")).asGeneric(),
            Arbitraries.just(new Ratio(BigInteger.TWO, BigInteger.valueOf(3))).asGeneric(),
            Arbitraries.strings().alpha().ofMinLength(1).map(Keyword::new).asGeneric());
    return Arbitraries.recursive(
        () -> leaf,
        inner ->
            Arbitraries.oneOf(
                inner.list().ofMaxSize(3).asGeneric(),
                inner.set().ofMaxSize(3).asGeneric(),
                Arbitraries.maps(inner, inner).ofMaxSize(3).asGeneric(),
                inner.map(value -> (Object) new Tagged("a/b", value))),
        3);
  }
}
