package dev.sluice.bench.peer;

import java.util.Optional;

/**
 * A program that a package of Debian brings.
 *
 * @param program its name
 * @param packageName the package
 */
record DebianPackage(String program, String packageName) {

    /** Empty when the program is there, otherwise how to get it. */
    Optional<String> missing() {
        return Commands.find(program).isPresent()
                ? Optional.empty()
                : Optional.of("missing: apt-get install " + packageName);
    }

    /** The program's path; its bare name when it is missing. */
    String path() {
        return Commands.find(program).map(Object::toString).orElse(program);
    }

    /** What the program says of its version, without its name. */
    String version(String flag) {
        String line = Commands.firstLine(path(), flag);
        return line.replaceFirst("^[^0-9]*", "").replaceFirst(" .*", "");
    }
}
