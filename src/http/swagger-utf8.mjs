/**
 * Wraps an action of Swagger UI, in the browser: Nest sends this function's text, so it may use nothing from around it.
 * Swagger writes credentials in Latin-1, and waits for ever where a password has other letters; the service reads
 * UTF-8 (RFC 7617). Given the octets of UTF-8 as so many characters, Swagger writes what we read.
 *
 * @param {(schemes: object) => object} authorize
 * @returns {(schemes: Record<string, { value: Record<string, string> }>) => object}
 */
export function authorizeInUtf8(authorize) {
  return (schemes) =>
    authorize(
      Object.fromEntries(
        Object.entries(schemes).map(([name, scheme]) => {
          const value = Object.entries(scheme.value).map(([field, text]) => [
            field,
            String.fromCharCode(...new TextEncoder().encode(text)),
          ]);
          return [name, { ...scheme, value: Object.fromEntries(value) }];
        }),
      ),
    );
}
