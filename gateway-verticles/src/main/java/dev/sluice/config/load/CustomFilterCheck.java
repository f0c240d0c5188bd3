package dev.sluice.config.load;

import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;

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
        String name = className.text("");
        try {
            FilterFactory factory = Class.forName(name, true, FilterFactory.class.getClassLoader())
                    .asSubclass(FilterFactory.class)
                    .getConstructor()
                    .newInstance();
            JsonObject settings = config.value() instanceof JsonObject object ? object.copy() : new JsonObject();
            HttpFilter unused = factory.create(settings);
        } catch (ClassNotFoundException | LinkageError e) {
            problems.add(className, "class " + name + " cannot be loaded (expected: a class on the class path)");
        } catch (ClassCastException e) {
            problems.add(className, "class " + name + " is no " + FilterFactory.class.getName());
        } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
            problems.add(className, "class " + name + " has no public constructor without arguments");
        } catch (InvocationTargetException e) {
            problems.add(className, "class " + name + " failed in its constructor: " + e.getCause());
        } catch (IllegalArgumentException e) {
            problems.add(config.exists() ? config : className, "refused by " + name + ": " + e.getMessage());
        } catch (RuntimeException e) {
            problems.add(className, "class " + name + " failed in create: " + e);
        }
    }
}
