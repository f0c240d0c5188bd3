package dev.sluice.grpc.transcode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure of JSON before {@code JsonFormat} reads it, which takes more than JSON for such (comments, single quotes,
 * what follows the value, a name given twice), takes numbers for strings, strings for booleans and arrays of one for what
 * they hold, and expands numbers by their exponent: {@code 1e99999999} for a {@code uint64} would keep an event loop busy
 * for minutes.
 */
final class JsonText {

    /** Of JSON objects and arrays within each other; {@code JsonFormat} allows messages as many. */
    private static final int MAX_DEPTH = 100;

    /** Of a number written as a string: more than the digits of the largest double. */
    private static final int MAX_NUMBER = 400;

    /** Of a number's exponent; a double needs three. */
    private static final int MAX_EXPONENT_DIGITS = 4;

    private static final String ANY = "google.protobuf.Any";

    private static final Set<String> ARRAYS = Set.of("google.protobuf.Value", "google.protobuf.ListValue");

    private static final Set<String> TEXTS = Set.of(
            "google.protobuf.Timestamp",
            "google.protobuf.Duration",
            "google.protobuf.FieldMask",
            "google.protobuf.StringValue",
            "google.protobuf.BytesValue");

    private static final Set<String> NUMERIC_WRAPPERS = Set.of(
            "google.protobuf.DoubleValue",
            "google.protobuf.FloatValue",
            "google.protobuf.Int64Value",
            "google.protobuf.UInt64Value",
            "google.protobuf.Int32Value",
            "google.protobuf.UInt32Value");

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Clients choose the names; none is worth keeping.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private JsonText() {}

    /**
     * The text of one JSON value.
     *
     * @param message that the value is read into, by which numbers in strings are known
     */
    static String of(byte[] utf8, Descriptor message) throws TranscodingException {
        return check(decode(utf8), parser -> object(parser, message));
    }

    /** The text of one JSON value that is read into a field. */
    static String of(byte[] utf8, FieldDescriptor field) throws TranscodingException {
        return check(decode(utf8), parser -> field(parser, field));
    }

    /** Whether JSON for this field is read as a number when it is a string. */
    static boolean isNumeric(FieldDescriptor field) {
        JavaType type = field.getJavaType();
        return switch (type) {
            case INT, LONG, FLOAT, DOUBLE, ENUM -> true;
            case MESSAGE -> NUMERIC_WRAPPERS.contains(field.getMessageType().getFullName());
            case BOOLEAN, STRING, BYTE_STRING -> false;
        };
    }

    /** Whether a text is a number that costs much to expand. */
    static boolean isExcessive(String text) {
        int exponent = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 'e' || c == 'E') {
                exponent = i + 1;
            } else if (!Character.isDigit(c) && c != '.' && c != '+' && c != '-') {
                return false;
            }
        }
        return text.length() > MAX_NUMBER || (exponent >= 0 && text.length() - exponent > MAX_EXPONENT_DIGITS);
    }

    private static String decode(byte[] utf8) throws TranscodingException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw TranscodingException.badRequest("The body is not UTF-8");
        }
    }

    private interface Walk {
        void over(JsonParser parser) throws IOException, TranscodingException;
    }

    private static String check(String json, Walk walk) throws TranscodingException {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() == null) {
                throw TranscodingException.badRequest("The body is empty (expected: JSON)");
            }
            walk.over(parser);
            if (parser.nextToken() != null) {
                throw notJson("something behind the value", parser.currentTokenLocation());
            }
            return json;
        } catch (StreamConstraintsException e) {
            throw notJson(e.getOriginalMessage().replaceFirst(", from `.*`", ""), e.getLocation());
        } catch (JsonProcessingException e) {
            // What stands behind is for who configures the parser.
            throw notJson(e.getOriginalMessage().split(":| \\(", 2)[0], e.getLocation());
        } catch (IOException e) {
            throw new IllegalStateException(e); // a string is read
        }
    }

    private static TranscodingException notJson(String what, @Nullable JsonLocation location) {
        return TranscodingException.badRequest("The body is not JSON: " + what
                + (location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr()));
    }

    /** @param message null when it is not known */
    private static void object(JsonParser parser, @Nullable Descriptor message)
            throws IOException, TranscodingException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            other(parser, message);
            return;
        }
        // What an Any holds is of a type that only its JSON names, so all of it may be numbers.
        boolean any = message != null && message.getFullName().equals(ANY);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            number(parser, any); // it may be a map's key
            FieldDescriptor field = message == null ? null : FieldPath.field(message, parser.currentName());
            parser.nextToken();
            if (field == null) {
                object(parser, any ? message : null);
            } else {
                field(parser, field);
            }
        }
    }

    private static void field(JsonParser parser, FieldDescriptor field) throws IOException, TranscodingException {
        JsonToken token = parser.currentToken();
        if (field.isMapField() && token == JsonToken.START_OBJECT) {
            FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
            FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                number(parser, isNumeric(key));
                parser.nextToken();
                field(parser, value);
            }
        } else if (field.isRepeated() && !field.isMapField() && token == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                value(parser, field);
            }
        } else {
            value(parser, field);
        }
    }

    /** The only value of a field, or one of its values. */
    private static void value(JsonParser parser, FieldDescriptor field) throws IOException, TranscodingException {
        JsonToken token = parser.currentToken();
        String message =
                field.getJavaType() == JavaType.MESSAGE ? field.getMessageType().getFullName() : "";
        if (token == JsonToken.START_ARRAY && !field.isMapField() && !ARRAYS.contains(message)) {
            throw wrong(field, "an array", "one value");
        }
        boolean isNull = token == JsonToken.VALUE_NULL;
        boolean text = field.getJavaType() == JavaType.STRING || field.getJavaType() == JavaType.BYTE_STRING;
        if ((text || TEXTS.contains(message)) && token != JsonToken.VALUE_STRING && !isNull) {
            throw wrong(field, parser.getText(), "a string");
        }
        boolean truth = field.getJavaType() == JavaType.BOOLEAN || message.equals("google.protobuf.BoolValue");
        if (truth && !token.isBoolean() && !isNull) {
            throw wrong(field, parser.getText(), "true or false");
        }
        if (token == JsonToken.VALUE_STRING && !message.equals(ANY)) {
            number(parser, isNumeric(field));
        } else {
            object(parser, message.isEmpty() ? null : field.getMessageType());
        }
    }

    private static TranscodingException wrong(FieldDescriptor field, String value, String expected) {
        return TranscodingException.badRequest(
                "Field " + field.getFullName() + " is " + value + " (expected: " + expected + ")");
    }

    /** What is no object: an array of anything, or a scalar. */
    private static void other(JsonParser parser, @Nullable Descriptor message)
            throws IOException, TranscodingException {
        switch (parser.currentToken()) {
            case START_ARRAY -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    object(parser, message);
                }
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, true);
            case VALUE_STRING ->
                number(
                        parser,
                        message != null
                                && (NUMERIC_WRAPPERS.contains(message.getFullName())
                                        || message.getFullName().equals(ANY)));
            default -> {}
        }
    }

    private static void number(JsonParser parser, boolean numeric) throws IOException, TranscodingException {
        if (numeric && isExcessive(parser.getText())) {
            throw TranscodingException.badRequest("Not a number: " + parser.getText());
        }
    }
}
