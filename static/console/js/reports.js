// Choosing a day means a period of one's own; choosing another period forgets the days.
const preset = document.querySelector("[data-report-preset]");
const days = document.querySelectorAll("[data-report-day] input");
for (const day of days) {
  day.addEventListener("change", () => { preset.value = "custom"; });
}
preset?.form.addEventListener("submit", () => {
  for (const day of days) day.disabled = preset.value !== "custom";
});
