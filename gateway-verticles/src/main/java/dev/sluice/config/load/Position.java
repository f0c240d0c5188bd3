package dev.sluice.config.load;

import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;

/**
 * A place in a text.
 *
 * @param line 1-based
 * @param column 1-based, in Unicode code points
 */
record Position(int line, int column) {

    static final Position START = new Position(1, 1);

    static Position of(Optional<Mark> mark) {
        return mark.map(m -> new Position(m.getLine() + 1, m.getColumn() + 1)).orElse(START);
    }
}
