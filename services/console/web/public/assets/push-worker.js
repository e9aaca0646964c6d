// Runs in the browser while no page of the console is open: shows what was pushed, and opens the inbox when it is clicked.
self.addEventListener('push', (event) => {
  const { id, title, body } = event.data.json();
  // The same message again replaces the one that is shown.
  event.waitUntil(self.registration.showNotification(title, { body, tag: id, icon: '/favicon.svg' }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow('/notifications'));
});
