package dev.sluice.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AltSvcTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "h3=\":443\"                              | 443  | 86400",
                "h3=\":8443\"; ma=60                      | 8443 | 60",
                "h3=\":1\";ma=\"60\";persist=1            | 1    | 60",
                "h2=\":443\", h3=\":444\"; ma=5           | 444  | 5",
                ", ,h3=\":443\" ;  ma=7 , h3=\":1\" ,     | 443  | 7",
                "h3=\"APP.example:443\"                   | 443  | 86400",
                "h3=\"other.example:443\", h3=\":5\"      | 5    | 86400",
                "h3=\"\\:443\"                            | 443  | 86400"
            })
    void takesTheFirstHttp3OnTheSameHost(String field, int port, int seconds) {
        assertEquals(new AltSvc(port, Duration.ofSeconds(seconds)), AltSvc.parse(field, "app.example"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"clear", "h2=\":443\"", "h3-29=\":443\"", "h3=\"other.example:443\"", "h3=\":443\"; ma=0"})
    void whatNamesNoneRevokes(String field) {
        assertEquals(AltSvc.NONE, AltSvc.parse(field, "app.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ",",
                "Clear",
                "clear, h3=\":443\"",
                "h3",
                "h3=",
                "h3=:443",
                "h3=\"443\"",
                "h3=\":443",
                "h3=\":0\"",
                "h3=\":65536\"",
                "h3=\":+443\"",
                "h3=\":\"",
                "=\":443\"",
                "h3 =\":443\"",
                "h3=\":443\" ma=60",
                "h3=\":443\";",
                "h3=\":443\"; ma",
                "h3=\":443\"; ma=",
                "h3=\":443\"; ma=-1",
                "h3=\":443\"; ma=1.5",
                "h3=\":443\"; ma=99999999999999999999",
                "h3=\":443\" h2=\":1\"",
                "h3=\":443\", h2"
            })
    void whatIsMalformedIsNotHeeded(String field) {
        assertNull(AltSvc.parse(field, "app.example"));
    }
}
