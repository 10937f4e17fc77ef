// The theme is set before the first paint; the program follows.
(() => {
  const names = document.currentScript.dataset;
  let theme = null;
  try {
    theme = localStorage.getItem('belfry.theme');
  } catch {
    // Storage may be forbidden; the system's theme is shown then.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

  const start = async () => {
    try {
      const program = await import(names.script);
      await program.default({ module_or_path: names.wasm });
      document.getElementById('boot')?.remove();
    } catch (error) {
      console.error(error);
      const place = document.getElementById('boot');
      if (place) place.textContent = 'Belfry could not be loaded. Reload the page; if it stays, update the browser.';
    }
  };
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start);
  else start();
})();
