// Runs in the browser while no page of the console is open: shows what was pushed, and opens what it is about when it is clicked.
self.addEventListener('push', (event) => {
  const { id, title, body, link } = event.data.json();
  // The same message again replaces the one that is shown.
  event.waitUntil(self.registration.showNotification(title, { body, tag: id, icon: '/favicon.svg', data: { link } }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(pageOf(event.notification.data?.link)));
});

// The console may be reached by several names: the page is opened where this browser has signed on.
function pageOf(link) {
  if (!link) return '/notifications';
  const { pathname, search } = new URL(link, self.location.origin);
  return pathname + search;
}
