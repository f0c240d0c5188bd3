package dev.sluice.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What this build is made of.
 *
 * @param sluice the project's version
 * @param vertx the Vert.x it was built with
 * @param netty the Netty it was built with
 */
record Versions(String sluice, String vertx, String netty) {

    /** Read from the properties that the build writes. */
    static Versions current() {
        Properties properties = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream("versions.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Versions(
                properties.getProperty("sluice"), properties.getProperty("vertx"), properties.getProperty("netty"));
    }
}
