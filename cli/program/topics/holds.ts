export function holds(): string {
  return `Holds

A claim with "hold_seconds" keeps a unit without giving it out for good, as a
basket does while its owner pays:

  held -> confirmed   POST   /api/claims/ID/confirm
       -> released    DELETE /api/claims/ID
       -> expired     by itself, at the end of its time
  confirmed -> released

- A held unit is gone for everybody else. When its time is over, it counts as
  given back from that moment: the next claim can have it, whether or not
  anything has swept it up; claim.hold_sweep is how often a server looks.
- Who gave a unit back can claim again, unless the coupon was made with
  --not-reclaimable.
- Each step is kept, with its moment: GET /api/claims/ID/events.
- The clock is the database's.`
}
