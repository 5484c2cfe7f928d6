/** Whether the `hostname` of a URL is this machine by itself: RFC 6890, sections 2.2.2 and 2.2.3; RFC 6761, section 6.3. */
export const isLoopback = (hostname: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
