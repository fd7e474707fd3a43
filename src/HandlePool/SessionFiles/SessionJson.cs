using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using HandlePool.Tables;

namespace HandlePool.SessionFiles;

/// <summary>Maps session files to <see cref="SessionDocument"/>: each member must be there once, and no other.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    MaxDepth = 6,
    DefaultBufferSize = 1 << 16,
    Converters =
    [
        typeof(CountConverter), typeof(LongCountConverter), typeof(BooleanConverter), typeof(TextConverter), typeof(TimeConverter),
        typeof(DelayConverter), typeof(ReferenceConverter), typeof(NamedValueConverter<HandleDriver>), typeof(NamedValueConverter<HandleAllocator>),
        typeof(NamedValueConverter<GrowthPolicy>),
        typeof(NamedValueConverter<ShrinkPolicy>), typeof(NamedValueConverter<HandleFindingKind>), typeof(NamedValueConverter<HandleEventKind>),
        typeof(NamedValueConverter<HandleNotificationKind>), typeof(CountersConverter),
    ])]
[JsonSerializable(typeof(SessionDocument))]
internal sealed partial class SessionJson : JsonSerializerContext
{
    // The members that version 1 does not have.
    private static readonly (Type Type, string Member)[] SinceVersion2 =
    [
        (typeof(OptionsDocument), "driver"), (typeof(OptionsDocument), "freezeListenerLeak"), (typeof(ContextDocument), "managerUid"), (typeof(ProcessDocument), "uid"),
        (typeof(ProcessDocument), "openNumber"), (typeof(ProcessDocument), "isFrozen"), (typeof(ProcessDocument), "isFreezing"), (typeof(ProcessDocument), "notifications"),
        (typeof(ProcessDocument), "threadMessages"), (typeof(ProcessDocument), "errorAfter"), (typeof(ProcessDocument), "messages"), (typeof(ProcessDocument), "delivered"),
        (typeof(ProcessDocument), "isInferred"), (typeof(NodeDocument), "listedHolders"), (typeof(SessionDocument), "statistics"),
    ];

    /// <summary>Returns the type of a version to read, which is cached by its caller.</summary>
    internal static JsonTypeInfo<SessionDocument> MakeStrict(int version)
    {
        IJsonTypeInfoResolver resolver = version == 1 ? Default.WithAddedModifier(RemoveLaterMembers) : Default;
        JsonSerializerOptions options = new(Default.Options) { TypeInfoResolver = resolver.WithAddedModifier(RequireEachMemberOnce) };
        return (JsonTypeInfo<SessionDocument>)options.GetTypeInfo(typeof(SessionDocument));
    }

    /// <summary>Makes the members that version 1 does not have unknown.</summary>
    private static void RemoveLaterMembers(JsonTypeInfo type)
    {
        for (int index = type.Properties.Count - 1; index >= 0; index--)
        {
            if (SinceVersion2.Contains((type.Type, type.Properties[index].Name)))
                type.Properties.RemoveAt(index);
        }
    }

    /// <summary>Makes the serializer refuse what it would accept otherwise: members that are missing or duplicated, and null for an array.</summary>
    private static void RequireEachMemberOnce(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;

        for (int index = 0; index < type.Properties.Count; index++)
        {
            JsonPropertyInfo property = type.Properties[index];
            Action<object, object?> set = property.Set!;
            bool isList = property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(List<>);
            int bit = 1 << index;
            property.Set = (target, value) =>
            {
                ISessionObject read = (ISessionObject)target;
                if ((read.Members & bit) != 0)
                    throw new JsonException("the member is duplicated.");
                if (isList && value is null)
                    throw new JsonException("expected an array, found null.");
                read.Members |= bit;
                set(target, value);
            };
        }

        int all = (1 << type.Properties.Count) - 1;
        type.OnDeserialized = target =>
        {
            if ((all & ~((ISessionObject)target).Members) is var missing and not 0)
                throw new JsonException($"the member '{type.Properties[BitOperations.TrailingZeroCount(missing)].Name}' is missing.");
        };
    }
}
