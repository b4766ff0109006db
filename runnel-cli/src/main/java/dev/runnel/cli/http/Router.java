package dev.runnel.cli.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Finds the handler for a method and a path. Not changed once requests come. */
public final class Router implements Handler {

    private final Map<String, Map<String, Handler>> routes = new LinkedHashMap<>();
    private final Map<String, Handler> below = new LinkedHashMap<>();

    /** Adds a path. */
    public Router route(String method, String path, Handler handler) {
        routes.computeIfAbsent(path, unused -> new TreeMap<>()).put(method, handler);
        return this;
    }

    /** Adds all paths that start with {@code prefix}, whatever the method. */
    public Router below(String prefix, Handler handler) {
        below.put(prefix, handler);
        return this;
    }

    @Override
    public Response handle(Request request) throws HttpFailure, InterruptedException {
        Map<String, Handler> methods = routes.get(request.path());
        if (methods != null) {
            // What answers GET answers HEAD; the server leaves the body out.
            Handler handler = methods.get(request.method().equals("HEAD") ? "GET" : request.method());
            return handler == null
                    ? Response.methodNotAllowed(String.join(", ", methods.keySet()))
                    : handler.handle(request);
        }
        for (Map.Entry<String, Handler> entry : below.entrySet()) {
            if (request.path().startsWith(entry.getKey())) {
                return entry.getValue().handle(request);
            }
        }
        throw new HttpFailure(404, "not found: " + request.path());
    }
}
