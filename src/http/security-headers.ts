import helmet from 'helmet';

/** For answers that no browser should render. */
export const apiHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  frameguard: { action: 'deny' },
});

/**
 * For pages: they ask nobody but this service. Without `upgrade-insecure-requests`: on plain http it makes a browser
 * ask for the page's own scripts over https, and Swagger stays blank anywhere but on localhost.
 */
export const pageHeaders = helmet({
  contentSecurityPolicy: {
    directives: {
      styleSrc: ["'self'", "'unsafe-inline'"],
      fontSrc: ["'self'", 'data:'],
      upgradeInsecureRequests: null,
    },
  },
});
