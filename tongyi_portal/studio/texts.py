"""Every text that the page's scripts show, and the advice for each reason code; translated by the server."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    # a stretch of time
    "seconds": _("{count} s"),
    "minutes": _("{count} min"),
    "secondsRange": _("{low}–{high} s"),
    "minutesRange": _("{low}–{high} min"),
    "range": _("{low} to {high}"),
    "unknown": _("A moment"),
    # faults of the connection
    "unreachable": _("The server cannot be reached. Check your connection and try again."),
    "unexpected": _("Something went wrong on our side. Try again in a moment."),
    # the wall
    "noDances": _("No dance fits. Try another word."),
    "dancesFound": _("Dances found: {count}."),
    "noSuchDance": _("This dance is no longer offered. Pick another one."),
    "people": _("{count} people"),
    "halfBody": _("Half body"),
    # the performers
    "performer": _("Performer {number}"),
    "performerPhoto": _("Photo of performer {number}"),
    "performer_empty": _("No photo yet"),
    "performer_working": _("Checking…"),
    "performer_good": _("Ready to dance!"),
    "performer_bad": _("Needs another photo"),
    "whoIsIt": _("Who is in the photo?"),
    "whoIs": _("Who is performer {number}?"),
    "needPhotoOf": _("Add a photo of performer {number} first."),
    "addPhoto": _("Add a photo"),
    # the photo
    "photoOpening": _("Opening…"),
    "photoSending": _("Sending…"),
    "photoLooking": _("Looking for the dancer…"),
    "photoGood": _("Ready to dance!"),
    "photoReview": _("A person looks first"),
    "photoBad": _("Not this one"),
    "photoBlocked": _("This photo cannot be used."),
    "accountSuspended": _("Your account is suspended."),
    "whyLink": _("Why, and how to appeal"),
    "photoUnsuitable": _("This photo does not work."),
    "photoNote": _("This photo works, but another one may dance better."),
    "photoReviewTitle": _("A person looks at this photo first."),
    "photoReviewText": _("You can go on: your video starts as soon as the photo is cleared."),
    "notSent": _("The photo was not sent."),
    "fault_empty": _("This file is empty."),
    "advice_empty": _("Choose another file."),
    "fault_type": _("This file is not a picture."),
    "advice_type": _("Choose a JPEG, PNG, WebP or HEIC photo."),
    "fault_broken": _("This picture is damaged and cannot be opened."),
    "advice_broken": _("Choose another photo, or save this one again."),
    "fault_size": _("This picture is larger than {limit} MB."),
    "advice_size": _("Choose a smaller one."),
    "fault_small": _(
        "This picture is too small: {width} × {height} pixels. The short side must have {limit} or more."
    ),
    "advice_small": _("Choose the original photo rather than a thumbnail."),
    "fault_shape": _("This picture is too long and narrow."),
    "advice_shape": _("Use a usual photo, for example 3:4 or 9:16."),
    # before the button
    "needDance": _("Pick a dance first."),
    "needPhoto": _("Add a photo first."),
    "needConsent": _("Tick the box: the person in the photo has to agree."),
    "needGuardian": _("Say who you are and how we can reach you."),
    "needWait": _("One moment, the photo is still being checked."),
    # waiting
    "titleWait": _("Rehearsing…"),
    "titleReview": _("Nearly there"),
    "titleDone": _("It dances!"),
    "titleProblem": _("That did not work"),
    "stage_queued": _("Waiting for a free stage"),
    "stage_stopping": _("Stopping…"),
    "stage_running": _("Getting ready"),
    "stage_fetch": _("Switching the lights on"),
    "stage_read": _("Looking at your photo"),
    "stage_pose": _("Looking at your photo"),
    "stage_retarget": _("Learning the steps"),
    "stage_matte": _("Cutting you out"),
    "stage_background": _("Painting the backdrop"),
    "stage_rig": _("Warming up"),
    "stage_render": _("Dancing"),
    "stage_done": _("Taking a bow"),
    "stage_scan": _("Checking the video"),
    "stage_label": _("Adding the AI mark"),
    "stage_store": _("Putting it on the shelf"),
    "position": _("No. {count}"),
    "positionSpoken": _("Number {count} in line."),
    "percentSpoken": _("{percent} percent done."),
    "remainingSpoken": _("It takes another {time}."),
    "cancelTitle": _("Stop this video?"),
    "cancelText": _("What is done so far is thrown away."),
    "cancelYes": _("Stop it"),
    # review
    "review_held_title": _("A person looks at your photo first."),
    "review_held_text": _("Your video starts as soon as the photo is cleared. This page keeps it for you."),
    "review_in_review_title": _("A person looks at your video."),
    "review_in_review_text": _("Our check was not sure, so somebody decides. This page keeps it for you."),
    # problem
    "problem_rejected": _("This video cannot be shown."),
    "problem_rejected_advice": _("Try another photo. If you think that this is a mistake, appeal."),
    "problem_failed": _("The video could not be made."),
    "problem_failed_advice": _("Try again, or use another photo."),
    "problem_cancelled": _("You stopped this video."),
    "problem_cancelled_advice": _("Start it again whenever you like."),
    "problem_gone": _("There is no such video."),
    "problem_gone_advice": _("It was made in another browser or account, or it was removed."),
    # my videos
    "state_held": _("In review"),
    "state_queued": _("In line"),
    "state_running": _("Dancing"),
    "state_checking": _("Checking"),
    "state_in_review": _("In review"),
    "state_succeeded": _("Done"),
    "state_rejected": _("Refused"),
    "state_failed": _("Failed"),
    "state_cancelled": _("Stopped"),
    # result
    "linkCopied": _("The link is copied."),
    "linkCopyYourself": _("Copy this link:"),
    "deleteTitle": _("Delete your photo?"),
    "deleteText": _("It is erased from our server for good. Finished videos stay."),
    "deleteYes": _("Delete"),
    "deleted": _("Your photo is erased."),
    "deleteTitleMany": _("Delete all photos of this video?"),
    "deleteTextMany": _("They are erased from our server for good. Finished videos stay."),
    "deletedMany": _("The photos are erased."),
}

RELATIONS = {
    "self": _("Me"),
    "permission": _("Somebody who agrees"),
    "guardian": _("My child"),
}

HINTS = {
    "good": _("Whole body, from the front"),
    "cropped": _("Cut off"),
    "turned": _("From the side"),
    "dark": _("Too dark"),
    "crowd": _("Several people"),
    "covered": _("Something in front"),
}

# What a drawing says instead of a dance that half a photo will do for.
HALF_HINTS = {
    "good": _("Waist up, hands in view"),
    "cropped": _("Waist or hands cut off"),
}

# Which drawing shows what a fault of the photo check means.
HINT_OF_REASON = {
    "not_full_body": "cropped",
    "not_half_body": "cropped",
    "turned_away": "turned",
    "too_dark": "dark",
    "several_people": "crowd",
    "arms_hidden": "covered",
    "arm_missing_for_dance": "cropped",
}
# What to do about a file that the intake refuses; the photo check's own sentences say it themselves.
ADVICE_OF_REASON = {
    "upload_empty": TEXTS["advice_empty"],
    "upload_not_an_image": TEXTS["advice_type"],
    "upload_format_refused": TEXTS["advice_type"],
    "upload_animated": _("Choose a still photo."),
    "upload_truncated": TEXTS["advice_broken"],
    "upload_undecodable": TEXTS["advice_broken"],
    "upload_polyglot": TEXTS["advice_broken"],
    "upload_too_large": TEXTS["advice_size"],
    "upload_too_many_pixels": TEXTS["advice_size"],
    "upload_too_small": TEXTS["advice_small"],
    "upload_aspect_ratio": TEXTS["advice_shape"],
}
