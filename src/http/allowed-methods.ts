import type { Request } from 'express';

interface RouteLayer {
  route?: { methods: Record<string, boolean> };
  match(path: string): boolean;
}

/** The methods that Express has routes for at the path of a request, sorted; none for an unknown path. */
export function allowedMethods(request: Request): string[] {
  const layers = request.app.router.stack as unknown as RouteLayer[];
  const methods = layers.flatMap((layer) =>
    layer.route !== undefined && layer.match(request.path) ? Object.keys(layer.route.methods) : [],
  );
  if (methods.includes('get')) methods.push('head');
  return [...new Set(methods.map((method) => method.toUpperCase()))].toSorted();
}
