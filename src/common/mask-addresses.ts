/**
 * Hides whom a text is about: what an SMTP server says often repeats the address. The domain stays, because that is
 * what an operator looks for.
 */
export function maskAddresses(text: string): string {
  return text.replaceAll(/[^\s<>@:;,"'()]+@(?=[^\s<>@]+)/g, '***@');
}
