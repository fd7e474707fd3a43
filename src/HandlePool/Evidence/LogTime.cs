using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Represents the time of a line as it is printed: often without a year, mostly without a zone.</summary>
/// <param name="Year">The year; null if the line lacks it.</param>
/// <param name="Month">The month, from 1.</param>
/// <param name="Day">The day, from 1.</param>
/// <param name="OfDay">The time of day.</param>
/// <param name="Zone">The difference to UTC; null for local time.</param>
internal sealed record LogTime(int? Year, int Month, int Day, TimeSpan OfDay, TimeSpan? Zone)
{
    private const int FirstYear = 1970;

    // In the last year that there is, UTC may have no number for a local time.
    private const int LastYear = 9998;
    private const int MinutesPerHour = 60;
    private const int MaxMinutesOfZone = 14 * MinutesPerHour;

    // A line may have been logged while the report was written, and clocks are set.
    private static readonly TimeSpan MostAhead = TimeSpan.FromDays(1);

    /// <summary>Parses <c>01-08 15:29:57.891</c>, with a year before it and a zone after it if they are there, and moves behind it.</summary>
    internal static LogTime? Parse(ref LineCursor cursor)
    {
        LineCursor at = cursor;
        if (!at.TryNumber(out long first) || !at.TryText("-"u8) || !at.TryNumber(out long second))
            return null;
        int? year = null;
        if (at.TryText("-"u8))
        {
            if (first is < FirstYear or > LastYear || !at.TryNumber(out long third))
                return null;
            (year, first, second) = ((int)first, second, third);
        }

        if (at.SkipSpace() == 0 && !at.TryText("T"u8))
            return null;
        if (first is < 1 or > 12 || second is < 1 or > 31 || !at.TryNumber(out long hour) || hour > 23 || !at.TryText(":"u8)
            || !at.TryNumber(out long minute) || minute > 59 || !at.TryText(":"u8) || !at.TryNumber(out long seconds) || seconds > 59)
            return null;
        TimeSpan ofDay = new((int)hour, (int)minute, (int)seconds);
        if (at.TryText("."u8))
            ofDay += Fraction(ref at);
        TimeSpan? zone = Offset(ref at);
        cursor = at;
        return new LogTime(year, (int)first, (int)second, ofDay, zone);
    }

    /// <summary>Returns the moment; null if there is none, or if the year is missing and cannot be told.</summary>
    /// <param name="report">The time of the report, of which the line is not more than a day ahead and not a year behind.</param>
    internal DateTimeOffset? Resolve(DateTimeOffset? report)
    {
        if (Year is { } known)
            return In(known);
        if (report is not { } time)
            return null;
        DateTimeOffset? same = In(time.Year + 1);
        for (int year = time.Year; year > time.Year - 2 && (same is null || same > time + MostAhead) && year >= FirstYear - 1; year--)
            same = In(year) ?? same;
        return same > time + MostAhead ? null : same;
    }

    private static TimeSpan Fraction(ref LineCursor cursor)
    {
        int before = cursor.Rest.Length;
        if (!cursor.TryNumber(out long fraction))
            return TimeSpan.Zero;
        double seconds = fraction / Math.Pow(10, before - cursor.Rest.Length);
        return TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
    }

    /// <summary>Parses <c> +0100</c> or <c>+01:00</c> behind a time, and moves behind it.</summary>
    private static TimeSpan? Offset(ref LineCursor cursor)
    {
        LineCursor at = cursor;
        at.SkipSpace();
        bool isWest = at.TryText("-"u8);
        if (!isWest && !at.TryText("+"u8))
            return null;
        int before = at.Rest.Length;
        if (!at.TryNumber(out long number))
            return null;
        int digits = before - at.Rest.Length;
        if (digits is not (2 or 4))
            return null;
        long minutes = digits == 4 ? (number / 100 * MinutesPerHour) + (number % 100) : number * MinutesPerHour;
        if (digits == 2 && at.TryText(":"u8) && at.TryNumber(out long rest))
        {
            if (rest >= MinutesPerHour)
                return null;
            minutes += rest;
        }

        if (minutes > MaxMinutesOfZone)
            return null;
        cursor = at;
        return TimeSpan.FromMinutes(isWest ? -minutes : minutes);
    }

    private DateTimeOffset? In(int year)
    {
        if (year is < FirstYear or > LastYear || Day > DateTime.DaysInMonth(year, Month))
            return null;
        DateTime time = new DateTime(year, Month, Day) + OfDay;
        return Zone is { } zone ? new DateTimeOffset(time, zone) : new DateTimeOffset(time);
    }
}
