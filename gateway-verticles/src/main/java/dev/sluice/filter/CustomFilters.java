package dev.sluice.filter;

import dev.sluice.config.FilterSpec.Custom;
import java.lang.reflect.InvocationTargetException;

/** Loads the filters that users wrote. */
final class CustomFilters {

    private CustomFilters() {}

    /** @throws IllegalArgumentException naming the Filter resource, when its class or configuration is unfit */
    static HttpFilter create(Custom spec) {
        try {
            return Class.forName(spec.className())
                    .asSubclass(FilterFactory.class)
                    .getConstructor()
                    .newInstance()
                    .create(spec.config());
        } catch (IllegalArgumentException e) {
            throw refused(spec, "refuses spec.config: " + e.getMessage(), e);
        } catch (ClassNotFoundException | LinkageError e) {
            throw refused(spec, "cannot be loaded (expected: a class on the class path): " + e, e);
        } catch (ClassCastException e) {
            throw refused(spec, "is no filter factory (expected: implements " + FilterFactory.class.getName() + ")", e);
        } catch (NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            throw refused(
                    spec, "cannot be created (expected: a public class, a public constructor without arguments)", e);
        } catch (InvocationTargetException e) {
            throw refused(spec, "cannot be created: " + e.getCause(), e);
        }
    }

    private static IllegalArgumentException refused(Custom spec, String why, Throwable cause) {
        return new IllegalArgumentException("Filter " + spec.key() + ": " + spec.className() + " " + why, cause);
    }
}
