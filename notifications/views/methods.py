"""One's own contact methods: added, proved, tested, changed, given up."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from incidents.errors import DomainError
from notifications.actions import contact_methods, preferences, settings
from notifications.forms import CodeForm, MethodForm, address_form, channels_for_people
from opsportal.lib import pages


@pages.signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def add(request, channel):
    if channel not in channels_for_people():
        raise Http404
    form = address_form(channel, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            method = contact_methods.add_contact_method(
                request.user, channel, form.cleaned_data, label=request.POST.get("label", "")[:100]
            )
            if not method.is_verified:
                contact_methods.send_code(method.pk)
                messages.success(request, f"A code is on its way to {method.address}.")
            return redirect("me")
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    kind = channels_for_people()[channel]
    context = {"title": f"Add: {kind.label}", "form": form, "channel": channel, "kind": kind}
    status = 422 if form.is_bound else 200
    return pages.render_page(request, "notifications/method_new.html", context, status=status)


def mine(act):
    """A view that does one thing to one of one's own addresses, and goes back."""

    @pages.signed_in()
    @require_POST
    def view(request, pk):
        method = get_object_or_404(request.user.contact_methods, pk=pk)
        try:
            messages.success(request, act(request, method))
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect("me")

    return view


@mine
def send_code(request, method):
    contact_methods.send_code(method.pk)
    return f"A code is on its way to {method.address}. It lives a quarter of an hour."


@mine
def confirm(request, method):
    form = CodeForm(request.POST)
    if not form.is_valid():
        raise DomainError("Type the code that was sent.")
    contact_methods.confirm(method.pk, form.cleaned_data["code"])
    return f"{method.address} is proved: pages may go there."


@mine
def test(request, method):
    contact_methods.send_test(method_id=method.pk)
    return f"A test is on its way to {method.address}, by the path that pages take."


@mine
def change(request, method):
    form = MethodForm(request.POST, instance=method, prefix=f"m{method.pk}")
    if not form.is_valid():
        errors = [str(error) for found in form.errors.values() for error in found]
        raise DomainError(" ".join(errors))
    settings.change_contact_method(method.pk, **form.cleaned_data)
    return f"{method} is changed."


@mine
def switch(request, method):
    is_on = request.POST.get("on") == "1"
    settings.change_contact_method(method.pk, is_enabled=is_on)
    return f"{method} is {'used again' if is_on else 'not used for now'}."


@mine
def remove(request, method):
    name = str(method)
    preferences.remove_contact_method(method.pk)
    return f"{name} is gone."
