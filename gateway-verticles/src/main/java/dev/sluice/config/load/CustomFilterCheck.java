package dev.sluice.config.load;

import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import org.jspecify.annotations.Nullable;

/** Filters written in Java: the class is there, and it accepts its configuration. */
final class CustomFilterCheck {

    private final Problems problems;

    CustomFilterCheck(Problems problems) {
        this.problems = problems;
    }

    void check(Resource filter) {
        Field className = filter.spec().at("class");
        Field config = filter.spec().at("config");
        if (className.text() == null || problems.has(className) || problems.has(config)) {
            return;
        }
        FilterFactory factory = factory(className);
        if (factory != null) {
            JsonObject settings = config.value() instanceof JsonObject object ? object.copy() : new JsonObject();
            try {
                HttpFilter unused = factory.create(settings);
            } catch (IllegalArgumentException e) {
                problems.add(
                        config.exists() ? config : className, "refused by " + name(className) + ": " + e.getMessage());
            } catch (RuntimeException e) {
                problems.add(
                        config.exists() ? config : className, "class " + name(className) + " failed in create: " + e);
            }
        }
    }

    /** An instance of the class; null, with a problem, when it gives none. */
    private @Nullable FilterFactory factory(Field className) {
        String name = name(className);
        try {
            return Class.forName(name, true, FilterFactory.class.getClassLoader())
                    .asSubclass(FilterFactory.class)
                    .getConstructor()
                    .newInstance();
        } catch (ClassNotFoundException | LinkageError e) {
            problems.add(className, "class " + name + " cannot be loaded (expected: a class on the class path)");
        } catch (ClassCastException e) {
            problems.add(className, "class " + name + " is no " + FilterFactory.class.getName());
        } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
            problems.add(className, "class " + name + " has no public constructor without arguments");
        } catch (InvocationTargetException e) {
            problems.add(className, "class " + name + " failed in its constructor: " + e.getCause());
        }
        return null;
    }

    private static String name(Field className) {
        return className.text("");
    }
}
